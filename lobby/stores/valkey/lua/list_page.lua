-- A stretch of the public list, for a node that reads it anew. ARGV: the serial behind which to begin, how many at most.
-- Answers: the number of the newest change, then of each party: id, serial, row.

local answer = {tonumber(redis.call('GET', base .. ':news-count') or '0')}
local found = redis.call('ZRANGEBYSCORE', list, '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 1, #found, 2 do
    answer[#answer + 1] = found[i]
    answer[#answer + 1] = found[i + 1]
    answer[#answer + 1] = redis.call('HGET', key('party', found[i]), 'r') or ''
end
return answer
