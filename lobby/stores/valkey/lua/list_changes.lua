-- Reads changes of the public list. ARGV: the number of the last change that the caller has applied, how many at most, the id of
-- the commit that made that last change (empty: unknown).
-- Returns: the number of the latest change, then for each change: number, party, serial, row, commit id. -1: the caller has missed too many
-- changes,
-- or has applied changes that this server has lost. It must read the whole list again.

local applied = tonumber(ARGV[1])
local count = tonumber(redis.call('GET', base .. ':news-count') or '0')
if applied > count then return {-1} end
if ARGV[3] ~= '' and commit_of_change(applied) ~= ARGV[3] then return {-1} end
if applied == count then return {count} end
local found = redis.call('XRANGE', news, (applied + 1) .. '-0', '+', 'COUNT', ARGV[2])
if #found == 0 or tonumber(string.match(found[1][1], '^%d+')) ~= applied + 1 then return {-1} end
local answer = {count}
for _, entry in ipairs(found) do
    answer[#answer + 1] = string.match(entry[1], '^%d+')
    for i = 2, 8, 2 do answer[#answer + 1] = entry[2][i] or '' end
end
return answer
