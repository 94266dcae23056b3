-- Resolves an intent. ARGV[1]: the party that is left; ARGV[2]: id of the commit; ARGV[3]: the plan (empty: the commit does not
-- stand);
-- then the state, and for each entry the entry and its snapshot. A repeated call does nothing. Returns: done.

local name = key('party', ARGV[1])
local text = redis.call('HGET', name, 'i')
if not text or cjson.decode(text).id ~= ARGV[2] then return {'done'} end
redis.call('HDEL', name, 'i')
if ARGV[3] == '' then
    arm(ARGV[1], redis.call('HGET', name, 'm') or '')
    return {'done'}
end
local plan = read_plan(ARGV[3])
local at = 3
write_party(plan.parties[1], plan.id, function()
    at = at + 1
    return ARGV[at]
end)
give_back(plan)
return {'done'}
