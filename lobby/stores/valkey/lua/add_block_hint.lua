-- Announces a block in the partition of the blocked player. ARGV: blocked player, blocker, version of the list of the blocker that
-- has the block, when the call began (ms). Returns: 1, or 0 if the call comes too late. A repeated call changes nothing, also after
-- the hint was removed.

if is_late(tonumber(ARGV[4])) then return 0 end
local name, version = key('blocked-by', ARGV[1]), tonumber(ARGV[3])
local have = tonumber(redis.call('HGET', name, ARGV[2]) or '0')
local removed = tonumber(redis.call('GET', key('unblocked', ARGV[1] .. ' ' .. ARGV[2])) or '0')
if version > have and version > removed then redis.call('HSET', name, ARGV[2], version) end
return 1
