-- Whether a commit has come to be; and if asked to, calls it off, where its node may have died: after that it can't come to be
-- any more, however late its call arrives.
-- ARGV: party, id of the commit, seq of the entry that it ends with in that party's log, how long the fence stands (s; 0: none).
-- Answers 1 if it stands, 0 if it never will, -1 if it still may.

local version = tonumber(redis.call('HGET', key('party', ARGV[1]), 'v') or '0')
if version >= tonumber(ARGV[3]) then
    local made_by = commit_of(ARGV[1], ARGV[3])
    if made_by == ARGV[2] or not made_by then return 1 end -- an entry is cut off later than a claim is looked into
    return 0
end
if ARGV[4] == '0' then
    if redis.call('EXISTS', key('abort', ARGV[2])) == 1 then return 0 end
    return -1
end
redis.call('SET', key('abort', ARGV[2]), 1, 'EX', ARGV[4])
return 0
