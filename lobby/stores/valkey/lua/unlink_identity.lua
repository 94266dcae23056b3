-- Deletes the identity of a player who is erased. ARGV: digest of the account, the text of the identity. Returns: 1 if it was
-- deleted.
-- Calls that began before do not link the account again. Nodes know the time of this server to less than a second.

local NODE_CLOCK_MS = 1000
local name = key('identity', ARGV[1])
if redis.call('GET', name) ~= ARGV[2] then return 0 end
redis.call('DEL', name)
redis.call('SET', key('unlinked', ARGV[1]), server_ms() + NODE_CLOCK_MS, 'EX', REMEMBERED_S)
return 1
