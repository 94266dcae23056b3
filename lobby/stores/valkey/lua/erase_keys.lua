-- Deletes a key that belongs to one player. ARGV: its name without that of the partition. Returns: OK.

redis.call('DEL', base .. ':' .. ARGV[1])
redis.call('ZREM', expiry, ARGV[1])
return 'OK'
