-- Takes all claims of one commit that lie in this partition, or none: pending ones, which the party's log will tell about.
-- ARGV[1]: the plan. Answers: done | taken, kind, name, claim.

local plan = read_plan(ARGV[1])
local other = taken(plan)
if other then return {'taken', other[1], other[2], other[3]} end
take_claims(plan, true)
return {'done'}
