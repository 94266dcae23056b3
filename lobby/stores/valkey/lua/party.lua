-- One party in its partition: what is checked before a commit, and what one writes. Goes between common.lua and a script.
--
-- party:<id>  hash: v version, n id of the commit that made it, s state, m moments to look at it (rising, by commas), o serial,
--             r row of the public list, z 1 once closed, i the change that another party's commit decides about
-- log:<id>    stream: <seq>-0 -> c commit id, e entry, p now and then the party as of it

local NEWS_MAX = 20000 -- changes of the public list that a node may be behind before it reads the list anew
local SLACK = 32       -- a log is cut where a snapshot is, so it may be that much longer than it has to be

local news = base .. ':news'
local list = base .. ':list'
local long = base .. ':long'

local function arm(party_id, moments)
    local first = string.match(moments, '^%d+')
    if first then
        redis.call('ZADD', deadlines, first, party_id)
    else
        redis.call('ZREM', deadlines, party_id)
    end
end

local function conflict(party_id)
    local have = redis.call('HMGET', key('party', party_id), 'v', 'n', 's')
    return {'conflict', party_id, have[1] or '0', have[2] or '', have[3] or ''}
end

-- What is in the way of `change`, as an answer; nil: nothing. 'done': it was made before, by a commit whose answer was lost.
local function in_the_way(change, commit_id)
    local have = redis.call('HMGET', key('party', change.id), 'v', 'n', 'z', 'i')
    local version = tonumber(have[1] or '0')
    if version >= change.after and commit_of(change.id, change.after) == commit_id then return {'done'} end
    if have[4] then
        local intent = cjson.decode(have[4])
        if intent.id ~= commit_id then return {'locked', change.id, have[4]} end
    end
    if version ~= change.before or (have[2] or '') ~= change.nonce or have[3] then return conflict(change.id) end
    return nil
end

local function write_row(change)
    local name = key('party', change.id)
    local shown = redis.call('HGET', name, 'r') or ''
    if shown == change.row then return end
    local serial = redis.call('HGET', name, 'o')
    local count = redis.call('INCR', base .. ':news-count')
    redis.call('HSET', name, 'r', change.row)
    redis.call('XADD', news, 'MAXLEN', '~', NEWS_MAX, count .. '-0', 'p', change.id, 'o', serial, 'r', change.row)
    if change.row == '' then
        redis.call('ZREM', list, change.id)
    else
        redis.call('ZADD', list, serial, change.id)
    end
end

local function write_session(change, session)
    local name = key('session', session.id)
    local old = redis.call('HGET', name, 'l')
    if old then redis.call('ZREM', base .. ':sessions:' .. old, session.id) end
    if session.place == '' then
        redis.call('DEL', name)
        redis.call('ZREM', key('sessions-of', change.id), session.id)
        return
    end
    redis.call('HSET', name, 'l', session.place, 'j', session.text, 'p', change.id)
    redis.call('ZADD', base .. ':sessions:' .. session.place, session.created_at, session.id)
    redis.call('ZADD', key('sessions-of', change.id), session.created_at, session.id)
    if session.expires_at > 0 then redis.call('ZADD', expiry, session.expires_at, 'session:' .. session.id) end
end

-- All sessions of a party are as visible as it is now. `visibility`: 1 public, 0 private; the first character of each place.
local function turn_sessions(change)
    for _, id in ipairs(redis.call('ZRANGE', key('sessions-of', change.id), 0, -1, 'WITHSCORES')) do
        local name = key('session', id)
        local old = redis.call('HGET', name, 'l')
        if old then
            local score = redis.call('ZSCORE', base .. ':sessions:' .. old, id)
            local new = change.visibility .. string.sub(old, 2)
            redis.call('ZREM', base .. ':sessions:' .. old, id)
            redis.call('ZADD', base .. ':sessions:' .. new, score, id)
            redis.call('HSET', name, 'l', new)
        end
    end
end

-- `blobs` gives the next of: the state, then of each entry itself and its snapshot (empty: none).
local function write_party(change, commit_id, blobs)
    local name, log = key('party', change.id), key('log', change.id)
    if change.before == 0 then
        local serial = change.serial
        if serial == 0 then serial = redis.call('INCR', base .. ':serials') end
        redis.call('HSET', name, 'o', serial)
        redis.call('INCR', base .. ':live')
    end
    redis.call('HSET', name, 'v', change.after, 'n', commit_id, 's', blobs(), 'm', change.moments)
    for seq = change.before + 1, change.after do
        local entry, snapshot = blobs(), blobs()
        if snapshot == '' then
            redis.call('XADD', log, seq .. '-0', 'c', commit_id, 'e', entry)
        else
            redis.call('XADD', log, seq .. '-0', 'c', commit_id, 'e', entry, 'p', snapshot)
        end
    end
    if change.after >= change.entries_min + SLACK then redis.call('ZADD', long, 'NX', change.at + change.log_ms, change.id) end
    arm(change.id, change.moments)
    if change.closed then
        redis.call('HSET', name, 'z', 1)
        redis.call('DECR', base .. ':live')
        redis.call('ZADD', expiry, change.at + change.log_ms, 'party:' .. change.id)
    end
    write_row(change)
    for _, session in ipairs(change.sessions) do write_session(change, session) end
    if change.visibility ~= '' then turn_sessions(change) end
end
