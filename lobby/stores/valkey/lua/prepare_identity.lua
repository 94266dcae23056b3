-- Step 1 of a link: the list of the player gets an entry, and the record of the mutation is written.
-- ARGV[1]: {id of this call, claimed_at when it began (ms), player, digest of the account, text, count_max, record}
-- Returns: done | aborted | full | taken (there is a record). A repeated call changes nothing.

local plan = read_plan(ARGV[1])
local name = key('identities-of', plan.player)
local mark = key('claimed', plan.id)
if redis.call('EXISTS', mark) == 1 then return 'done' end
if is_too_late(plan) then return 'aborted' end
local claim = plan.record and claim_at(key('once', plan.record.name))
if claim then return 'taken' end
if redis.call('HEXISTS', name, plan.digest) == 0 then
    if redis.call('HLEN', name) >= plan.count_max then return 'full' end
    redis.call('HSET', name, plan.digest, plan.text)
end
redis.call('SET', mark, 1, 'EX', REMEMBERED_S)
if plan.record then
    redis.call('SET', key('once', plan.record.name), plan.record.text)
    redis.call('ZADD', expiry, plan.record.expires_at, 'once:' .. plan.record.name)
end
return 'done'
