-- Reads the latest sessions of one party. ARGV: party id, how many at most. Returns for each: created at, id, list, session.

local answer = {}
local found = redis.call('ZREVRANGE', key('sessions-of', ARGV[1]), 0, tonumber(ARGV[2]) - 1, 'WITHSCORES')
for i = 1, #found, 2 do
    local have = redis.call('HMGET', key('session', found[i]), 'l', 'j')
    if have[1] then
        answer[#answer + 1] = found[i + 1]
        answer[#answer + 1] = found[i]
        answer[#answer + 1] = have[1]
        answer[#answer + 1] = have[2]
    end
end
return answer
