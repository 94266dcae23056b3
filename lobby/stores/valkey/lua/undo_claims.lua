-- Removes the pending claims of a commit that does not stand. ARGV[1]: the plan. Claims that others have taken since stay.
-- A call of claim.lua that arrives after this one takes none.

local plan = read_plan(ARGV[1])
local function undo(kind, id)
    local name = key(kind, id)
    local claim = claim_at(name)
    if not claim or claim.c ~= plan.id then return false end
    if claim.o then redis.call('SET', name, cjson.encode(claim.o)) else redis.call('DEL', name) end
    return true
end
redis.call('SET', key('claimed', plan.id), 0, 'EX', REMEMBERED_S)
for _, seat in ipairs(plan.seats) do undo('seat', seat.player) end
for _, code in ipairs(plan.codes) do undo('code', code.code) end
for _, session in ipairs(plan.session_ids) do undo('sid', session.id) end
for _, name in ipairs(plan.continuations or {}) do undo(name.kind or 'cont', name.id) end
if plan.record and undo('once', plan.record.name) then redis.call('ZREM', expiry, 'once:' .. plan.record.name) end
return 'OK'
