"""The API under `/v1`: what terminals ask for, answered by the same verbs as Slack's buttons.

`routes` is the one table of what there is; `dispatch` answers a request by it, and `openapi` describes it.
Input is checked by the models that the description is made from (`models`); what goes wrong is a problem of
RFC 9457 (`problems`), in the words that Slack would use.
"""
