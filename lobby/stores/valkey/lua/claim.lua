-- Takes all claims of one commit that lie in this partition, or none. They are pending: the log of the party decides whether
-- they stand.
-- ARGV[1]: the plan. Returns: done | aborted | taken, kind, name, claim.
-- A repeated call changes nothing: the claims may have been used, given back and taken by others since.

local plan = read_plan(ARGV[1])
local mark = key('claimed', plan.id)
local found = redis.call('GET', mark)
if found == '1' then return {'done'} end
if found or is_too_late(plan) then return {'aborted'} end
local other = taken(plan)
if other then return {'taken', other[1], other[2], other[3]} end
take_claims(plan, true)
redis.call('SET', mark, 1, 'EX', REMEMBERED_S)
return {'done'}
