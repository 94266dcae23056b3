-- Appends an act to the log of moderation, and changes what it changes. Everything about moderation lies in partition 0:
--   acts (hash: number -> act), act-keys (hash: "moderator key" -> "number call"), act-number (the latest),
--   bans (hash: player -> ban), bans-by-number (sorted set), ban-ends (sorted set by the time of the end),
--   maintenance, reports (hash: id -> report), reports-by-number and reports-unresolved (sorted sets), reports-resolved (sorted set
--   by the time), report-subjects (hash: subject, or reporter and key -> id).
-- ARGV: the key of the act, an id of this call, the act, then for each change its name and its values, see below.
-- Returns: the number of the act, or 0 if an act has this key. A repeated call returns the same.

local keys = base .. ':act-keys'
local known = redis.call('HGET', keys, ARGV[1])
if known then
    local number, call = string.match(known, '^(%d+) (.*)$')
    if call == ARGV[2] then return tonumber(number) end
    return 0
end
local number = redis.call('INCR', base .. ':act-number')
redis.call('HSET', keys, ARGV[1], number .. ' ' .. ARGV[2])
redis.call('HSET', base .. ':acts', number, ARGV[3])

local changes = {}
function changes.ban(player, ban, ends)
    redis.call('HSET', base .. ':bans', player, ban)
    redis.call('ZADD', base .. ':bans-by-number', number, player)
    redis.call('ZREM', base .. ':ban-ends', player)
    if ends ~= '' then redis.call('ZADD', base .. ':ban-ends', ends, player) end
end
function changes.unban(player)
    redis.call('HDEL', base .. ':bans', player)
    redis.call('ZREM', base .. ':bans-by-number', player)
    redis.call('ZREM', base .. ':ban-ends', player)
end
function changes.maintenance(text)
    if text == '' then redis.call('DEL', base .. ':maintenance') else redis.call('SET', base .. ':maintenance', text) end
end
function changes.resolve(id, report, at)
    if redis.call('HEXISTS', base .. ':reports', id) == 1 then
        redis.call('HSET', base .. ':reports', id, report)
        redis.call('ZREM', base .. ':reports-unresolved', id)
        redis.call('ZADD', base .. ':reports-resolved', at, id)
    end
end
local values = {ban = 3, unban = 1, maintenance = 1, resolve = 3}
local at = 4
while ARGV[at] do
    local name = ARGV[at]
    changes[name](ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
    at = at + 1 + values[name]
end
return number
