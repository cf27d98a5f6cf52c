"""What the verbs need from outside, as small Protocols; one subject a file.

Adapters fit them without importing them: `store` (Redis), `sources` (values), `slack` (people, delivery).
Every store method may raise `StoreUnavailableError` (nothing changed) or `StoreUncertainError` (it may
have). Times are milliseconds since the epoch as Redis tells them, unless a name says seconds. `op` is an
operation id: repeating a call with it changes nothing and returns the first outcome (law 10).
"""
