"""The Web API: one function a method, and what reads and answers the calls."""
