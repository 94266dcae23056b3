-- Reads a party. ARGV: party id, the id of the commit that made the state that the caller has (empty: none).
-- Returns: nothing (no such party) | commit id, state (empty: the caller has it), intent (empty: none).

local have = redis.call('HMGET', key('party', ARGV[1]), 'n', 'i')
if not have[1] then return {} end
local state = ''
if have[1] ~= ARGV[2] then state = redis.call('HGET', key('party', ARGV[1]), 's') end
return {have[1], state, have[2] or ''}
