-- A party, unless the asker has it. ARGV: party id, nonce of the state that is known (empty: none).
-- Answers: empty (no such party) | nonce, state (empty: the one that is known), intent (empty: none).

local have = redis.call('HMGET', key('party', ARGV[1]), 'n', 'i')
if not have[1] then return {} end
local state = ''
if have[1] ~= ARGV[2] then state = redis.call('HGET', key('party', ARGV[1]), 's') end
return {have[1], state, have[2] or ''}
