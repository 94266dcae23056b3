-- Stores the intent of a commit over several parties in one of them. Until it is resolved that party can't change.
-- ARGV[1]: the plan for this party; ARGV[2]: the intent, with everything that is needed to finish it; ARGV[3]: when a node must
-- check
-- whether it was finished (ms). Returns as commit.lua.

local plan = read_plan(ARGV[1])
local change = plan.parties[1]
local answer = check_change(change, plan.id)
if answer then return answer end
if is_too_late(plan) then return {'aborted'} end
redis.call('HSET', key('party', change.id), 'i', ARGV[2])
redis.call('ZADD', deadlines, ARGV[3], change.id)
return {'done'}
