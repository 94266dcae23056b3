-- The half of a commit over two partitions that waits for the other half: the party can't change until it is known whether that
-- came to be. ARGV[1]: the plan of this half; ARGV[2]: the intent, which has all that it takes to finish it; ARGV[3]: when
-- somebody is to look whether it was (ms). Answers as commit.lua.

local plan = read_plan(ARGV[1])
local change = plan.parties[1]
local answer = in_the_way(change, plan.id)
if answer then return answer end
redis.call('HSET', key('party', change.id), 'i', ARGV[2])
redis.call('ZADD', deadlines, ARGV[3], change.id)
return {'done'}
