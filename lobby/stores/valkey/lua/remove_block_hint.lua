-- Removes the hint of a block that is no more. ARGV: blocked player, blocker, version of the list of the blocker without the block.
-- Returns: 1 if it was removed. The hint of a newer block stays, so a late call does no harm.

local name = key('blocked-by', ARGV[1])
local have = redis.call('HGET', name, ARGV[2])
if not have or tonumber(have) > tonumber(ARGV[3]) then return 0 end
redis.call('SET', key('unblocked', ARGV[1] .. ' ' .. ARGV[2]), ARGV[3], 'EX', REMEMBERED_S)
return redis.call('HDEL', name, ARGV[2])
