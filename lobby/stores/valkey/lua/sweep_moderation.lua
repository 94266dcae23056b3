-- Drops expired bans, old acts and resolved reports. ARGV: the time (ms), the time from which acts and reports are kept, how many of
-- each kind at most, how many acts are kept.

local bans = redis.call('ZRANGEBYSCORE', base .. ':ban-ends', '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, player in ipairs(bans) do
    redis.call('HDEL', base .. ':bans', player)
    redis.call('ZREM', base .. ':bans-by-number', player)
    redis.call('ZREM', base .. ':ban-ends', player)
end
local last = tonumber(redis.call('GET', base .. ':act-number') or '0')
local first = tonumber(redis.call('GET', base .. ':act-first') or '1')
for number = first, math.min(last, first + ARGV[3] - 1) do
    local text = redis.call('HGET', base .. ':acts', number)
    if text then
        local act = cjson.decode(text)
        if act.at > tonumber(ARGV[2]) and number > last - ARGV[4] then break end
        redis.call('HDEL', base .. ':acts', number)
        redis.call('HDEL', base .. ':act-keys', act.by .. ' ' .. act.key)
    end
    redis.call('SET', base .. ':act-first', number + 1)
end
for _, id in ipairs(redis.call('ZRANGE', base .. ':reports-by-number', 0, ARGV[3] - 1)) do
    local report = cjson.decode(redis.call('HGET', base .. ':reports', id) or '{}')
    local resolved = report.resolved_at
    if not report.at or (resolved and resolved ~= cjson.null and resolved <= tonumber(ARGV[2])) then
        redis.call('HDEL', base .. ':reports', id)
        redis.call('ZREM', base .. ':reports-by-number', id)
    end
end
