-- Step 2 of a link, which decides: the account becomes the player. ARGV: digest of the account, the identity, when the call began
-- (ms).
-- Returns: the identity that stands, also if it was linked before; empty: the call comes too late.

local name = key('identity', ARGV[1])
local found = redis.call('GET', name)
if found then return found end
local unlinked_at = redis.call('GET', key('unlinked', ARGV[1]))
if is_late(tonumber(ARGV[3])) or (unlinked_at and tonumber(ARGV[3]) <= tonumber(unlinked_at)) then return '' end
redis.call('SET', name, ARGV[2])
return ARGV[2]
