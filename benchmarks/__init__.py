"""How fast the product is, beside what is possible on the same machine in the same minutes.

Run by hand: `python -m benchmarks`. `docs/explanation/benchmarks.md` says what each row means.
"""
