-- Hands out parties whose deadline has come. ARGV: the time (ms), how many at most, how long a taker has (ms).
-- Returns: party ids. A party is handed out again at its next deadline after that time, or when the taker's time is over.

local at, taken_ms = tonumber(ARGV[1]), tonumber(ARGV[3])
local due = redis.call('ZRANGEBYSCORE', deadlines, '-inf', at, 'LIMIT', 0, ARGV[2])
for _, party_id in ipairs(due) do
    local again_at = at + taken_ms
    local moments = redis.call('HGET', key('party', party_id), 'm')
    if not moments then
        redis.call('ZREM', deadlines, party_id)
    else
        for moment in string.gmatch(moments, '%d+') do
            local number = tonumber(moment)
            if number > at and number < again_at then again_at = number end
        end
        redis.call('ZADD', deadlines, again_at, party_id)
    end
end
return due
