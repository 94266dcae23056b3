-- Does everything that one commit does in this partition, or nothing.
-- ARGV[1]: the plan; then for each of its parties the state, and for each entry the entry and its snapshot.
-- Returns: done | aborted | conflict, party, version, commit id, state | locked, party, intent | taken, kind, name, claim.

local plan = read_plan(ARGV[1])
local at = 1
local function blobs()
    at = at + 1
    return ARGV[at]
end

for _, change in ipairs(plan.parties) do
    local answer = check_change(change, plan.id)
    if answer then return answer end
end
if is_too_late(plan) or (plan.fenced and redis.call('EXISTS', key('abort', plan.id)) == 1) then return {'aborted'} end
if #plan.parties == 0 and plan.record then
    local claim = claim_at(key('once', plan.record.name))
    if claim and claim.c == plan.id then return {'done'} end
end
local other = taken(plan)
if other then return {'taken', other[1], other[2], other[3]} end

for _, change in ipairs(plan.parties) do write_party(change, plan.id, blobs) end
give_back(plan)
take_claims(plan, false)
for _, post in ipairs(plan.posts or {}) do -- plans of older nodes have none
    if post.is_here then
        append_to_inbox(post.player, post, plan.inbox, plan.id)
    else
        put_into_outbox(post.player, post, plan.inbox, plan.claimed_at)
    end
end
return {'done'}
