-- Returns whether a commit stands. A commit that stays undecided is called off, because its node may have died: from then on it
-- fails, however late its call arrives. The time counts from the first call of this script, by this server's clock alone.
-- ARGV: party, id of the commit, seq of the last entry that the commit makes in that party's log, when it began (ms), how long it
-- may stay undecided (ms; 0: call it off now).
-- Returns: 1 it stands, 0 it never will, -1 it is undecided.

local version = tonumber(redis.call('HGET', key('party', ARGV[1]), 'v') or '0')
if version >= tonumber(ARGV[3]) then
    local made_by = commit_of(ARGV[1], ARGV[3])
    if made_by == ARGV[2] or not made_by then return 1 end -- not made_by: the log is cut, long after a claim is looked at
    return 0
end
local abort, looked_at = key('abort', ARGV[2]), key('open', ARGV[2])
if redis.call('EXISTS', abort) == 1 then return 0 end
if ARGV[5] ~= '0' and not is_late(tonumber(ARGV[4])) then
    local now, since = server_ms(), tonumber(redis.call('GET', looked_at) or 'none')
    if not since or since > now then -- since > now: this server's clock was set back
        redis.call('SET', looked_at, now, 'EX', REMEMBERED_S)
        return -1
    end
    if now - since < tonumber(ARGV[5]) then return -1 end
end
redis.call('SET', abort, 1, 'EX', REMEMBERED_S)
return 0
