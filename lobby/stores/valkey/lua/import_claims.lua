-- Puts claims in their places. ARGV: of each its key behind the partition's name, its text, and when it expires (empty: never).

for i = 1, #ARGV, 3 do
    redis.call('SET', base .. ':' .. ARGV[i], ARGV[i + 1])
    if ARGV[i + 2] ~= '' then redis.call('ZADD', expiry, ARGV[i + 2], ARGV[i]) end
end
return 'OK'
