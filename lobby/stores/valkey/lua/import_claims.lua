-- Writes claims, for a copy. ARGV, for each claim: its key without the name of the partition, its text, when it expires (ms;
-- empty: never).

for i = 1, #ARGV, 3 do
    redis.call('SET', base .. ':' .. ARGV[i], ARGV[i + 1])
    if ARGV[i + 2] ~= '' then redis.call('ZADD', expiry, ARGV[i + 2], ARGV[i]) end
end
return 'OK'
