"""A company of 100,000 people at its busiest: real processes and failovers, and an auditor beside them."""
