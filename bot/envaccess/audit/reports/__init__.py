"""Evidence for auditors out of sealed events: tables, a page, a workbook, and the proof that all is there."""
