-- Count a command of this person; 0 when there were too many in this minute.
if replay() then
  return 1
end
return count_command(A.person)
