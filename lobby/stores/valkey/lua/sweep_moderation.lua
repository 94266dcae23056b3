-- Drops expired bans, old acts, and reports that were resolved long ago or are too many. ARGV: the time (ms), the time from which acts
-- and resolved reports are kept, how many of each kind at most, how many acts are kept, how many reports.

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

local subjects = base .. ':report-subjects'
local function quoted(...)
    return '["' .. table.concat({...}, '", "') .. '"]'
end
local function drop_report(id)
    local text = redis.call('HGET', base .. ':reports', id)
    if text then
        local report = cjson.decode(text)
        local reporter = report.reporter.id
        local fields = {quoted(reporter, report.player.id, report.party.id)}
        if report.key and report.key ~= cjson.null then fields[2] = quoted(reporter, report.key) end
        for _, field in ipairs(fields) do
            if redis.call('HGET', subjects, field) == id then redis.call('HDEL', subjects, field) end
        end
    end
    redis.call('HDEL', base .. ':reports', id)
    for _, name in ipairs({'reports-by-number', 'reports-unresolved', 'reports-resolved'}) do
        redis.call('ZREM', base .. ':' .. name, id)
    end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. ':reports-resolved', '-inf', ARGV[2], 'LIMIT', 0, ARGV[3])) do
    drop_report(id)
end
local beyond = math.min(redis.call('ZCARD', base .. ':reports-by-number') - ARGV[5], tonumber(ARGV[3]))
if beyond > 0 then
    for _, id in ipairs(redis.call('ZRANGE', base .. ':reports-by-number', 0, beyond - 1)) do drop_report(id) end
end
