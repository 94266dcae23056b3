-- Undoes the claims of a commit that did not come to be. ARGV[1]: the plan. What others have claimed since stays.

local plan = read_plan(ARGV[1])
local function undo(kind, id)
    local name = key(kind, id)
    local claim = claim_at(name)
    if not claim or claim.c ~= plan.id then return end
    if claim.o then redis.call('SET', name, cjson.encode(claim.o)) else redis.call('DEL', name) end
end
for _, seat in ipairs(plan.seats) do undo('seat', seat.player) end
for _, code in ipairs(plan.codes) do undo('code', code.code) end
for _, session in ipairs(plan.session_ids) do undo('sid', session.id) end
if plan.record then
    undo('once', plan.record.name)
    redis.call('ZREM', expiry, 'once:' .. plan.record.name)
end
return 'OK'
