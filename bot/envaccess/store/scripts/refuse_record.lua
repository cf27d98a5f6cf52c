-- Write down that a record cannot be read. Nothing of the record itself goes into the event.
-- Takes: op text, id text, event text, why text
return once(function()
  emit(A.event, 'bot', { id = A.id }, { why = A.why })
  return { done = 1 }
end)
