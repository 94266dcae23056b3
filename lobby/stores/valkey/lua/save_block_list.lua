-- Stores the block list of a player, with the record of the mutation.
-- ARGV[1]: {id of this call, claimed_at when it began (ms), player, version, text, added and removed ids, record}
-- Returns: done | aborted | conflict (the list has another version) | taken (there is a record). A repeated call changes nothing.

local plan = read_plan(ARGV[1])
local name, ids = key('blocks', plan.player), key('block-ids', plan.player)
local have = redis.call('HMGET', name, 'v', 'c')
if have[2] == plan.id then return 'done' end
local claim = plan.record and claim_at(key('once', plan.record.name))
if claim then return claim.c == plan.id and 'done' or 'taken' end
if is_too_late(plan) then return 'aborted' end
if tonumber(have[1] or '0') ~= plan.version - 1 then return 'conflict' end
redis.call('HSET', name, 'v', plan.version, 'j', plan.text, 'c', plan.id)
for _, id in ipairs(plan.added) do redis.call('SADD', ids, id) end
for _, id in ipairs(plan.removed) do redis.call('SREM', ids, id) end
if plan.record then
    redis.call('SET', key('once', plan.record.name), plan.record.text)
    redis.call('ZADD', expiry, plan.record.expires_at, 'once:' .. plan.record.name)
end
return 'done'
