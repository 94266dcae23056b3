-- Lets entries be sent to the webhook again. ARGV: when the call began (ms), since when the entries were written (ms), from when on
-- they may be sent (ms), then ids of parties. A repeated call does nothing, unless the entries were sent in the meantime.
-- Returns: how many of the parties have such entries.

if is_late(tonumber(ARGV[1])) then return 0 end
local since = tonumber(ARGV[2])

local function entry(log, from, to, command)
    local found = redis.call(command, log, from, to, 'COUNT', 1)[1]
    if not found then return nil end
    for i = 1, #found[2], 2 do
        if found[2][i] == 'e' then return tonumber(string.match(found[1], '^%d+')), cjson.decode(found[2][i + 1])[1] end
    end
end

-- The first entry that was written at or after `since`, and when. nil: there is none. The times of a log do not fall.
local function first_since(log)
    local low, low_at = entry(log, '-', '+', 'XRANGE')
    local high, high_at = entry(log, '+', '-', 'XREVRANGE')
    if not low or high_at < since then return nil end
    if low_at >= since then return low, low_at end
    while high - low > 1 do
        local middle, middle_at = entry(log, math.floor((low + high) / 2) .. '-0', '+', 'XRANGE')
        if middle_at >= since then high, high_at = middle, middle_at else low = middle end
    end
    return high, high_at
end

local count = 0
for at = 4, #ARGV do
    local id = ARGV[at]
    local name = key('sent', id)
    local seq, written_at = first_since(key('log', id))
    if seq then
        count = count + 1
        local sent = string.match(redis.call('GET', name) or '', '^%d+')
        if not sent or tonumber(sent) >= seq then
            sent = seq - 1
            redis.call('ZADD', base .. ':unsent', ARGV[3], id)
            redis.call('ZADD', base .. ':unsent-since', written_at, id)
        end
        redis.call('SET', name, sent .. ' ' .. ARGV[3]) -- also if it waits already: what is on its way now is sent once more
    end
end
return count
