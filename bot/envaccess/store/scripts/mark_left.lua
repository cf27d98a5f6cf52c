-- Somebody has left: what they, or a process of theirs, know is known to a leaver. Returns from when to go on; 0: that was all.
-- Takes: person text, seer text, since integer
return mark_left(A.seer, A.person, A.since, true)
