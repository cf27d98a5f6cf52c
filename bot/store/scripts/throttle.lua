-- Count a command of this person; 0 when there were too many in this minute.
if replay() then
  return 1
end
insist() -- these keys live for a minute; without them no end of access could be typed on a full Redis
return count_command(A.person)
