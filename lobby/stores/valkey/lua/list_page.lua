-- Reads a part of the public list, for a node that reads the whole list. ARGV: the serial to continue after, how many parties at
-- most.
-- Returns: the number of the latest change, the id of its commit, then for each party: id, serial, row.

local count = tonumber(redis.call('GET', base .. ':news-count') or '0')
local answer = {count, commit_of_change(count)}
local found = redis.call('ZRANGEBYSCORE', list, '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 1, #found, 2 do
    answer[#answer + 1] = found[i]
    answer[#answer + 1] = found[i + 1]
    answer[#answer + 1] = redis.call('HGET', key('party', found[i]), 'r') or ''
end
return answer
