-- What all scripts share; put in front of each of them.
--
-- KEYS[1] is the name of one partition, such as lobby:{12}. Every key that a script touches begins with it, so all of them
-- have its hash tag and lie in one slot: that is what declaring the keys is for, and there are too many to declare.

local base = KEYS[1]

local function key(kind, id)
    return base .. ':' .. kind .. ':' .. id
end

local expiry = base .. ':expiry'
local deadlines = base .. ':deadlines'

local function read_plan(text)
    local plan = cjson.decode(text)
    if plan.record == cjson.null then plan.record = nil end
    return plan
end

-- A claim is {p: party id} where the party lies in the same partition. Where it lies in another only its log can tell whether the
-- claim stands, and it is {p, c: commit id, s: seq of the entry that would be its, t: ms, o: the claim that it took the place of}.
-- A code that was given up is {p, g: ms, z: 1 if the party closed}.
local function claim_at(name)
    local text = redis.call('GET', name)
    if not text then return nil end
    return cjson.decode(text), text
end

-- The id of the commit that made entry `seq` of a party's log; nil: no such entry, or no longer.
local function commit_of(party_id, seq)
    local found = redis.call('XRANGE', key('log', party_id), seq .. '-0', seq .. '-0')
    if #found == 0 then return nil end
    local fields = found[1][2]
    for i = 1, #fields, 2 do
        if fields[i] == 'c' then return fields[i + 1] end
    end
    return nil
end

-- A seat may be taken by who has none, has this very one, or gives up `old` in the same commit.
local function seat_is_free(claim, party_id, old, commit_id)
    return not claim or claim.p == party_id or claim.p == old or claim.c == commit_id
end

local function code_is_free(claim, party_id, now, code_ms, commit_id)
    if not claim or claim.c == commit_id then return true end
    if not claim.g then return false end
    return claim.g + code_ms <= now
end

-- The first claim that is not free as {kind, name, text}; nil: all are. A record is in the way of none but its own key.
local function taken(plan)
    for _, seat in ipairs(plan.seats) do
        local claim, text = claim_at(key('seat', seat.player))
        if not seat_is_free(claim, seat.party, seat.old, plan.id) then
            return {'seat', seat.player, text}
        end
    end
    for _, code in ipairs(plan.codes) do
        local claim, text = claim_at(key('code', code.code))
        if not code_is_free(claim, code.party, plan.now, plan.code_ms, plan.id) then
            return {'code', code.code, text}
        end
    end
    for _, session in ipairs(plan.session_ids) do
        local claim, text = claim_at(key('sid', session.id))
        if claim and claim.c ~= plan.id then
            return {'sid', session.id, text}
        end
    end
    if plan.record then
        local claim, text = claim_at(key('once', plan.record.name))
        if claim and claim.c ~= plan.id then
            return {'once', plan.record.name, text}
        end
    end
    return nil
end

-- Writes the claims of `plan`: standing ones, or with `pending` such as only the log of their party can tell about.
local function take_claims(plan, pending)
    local function text(party_id, seq, old)
        if not pending then return cjson.encode({p = party_id}) end
        if old and old.c == plan.id then old = old.o elseif old then old.o = nil end
        return cjson.encode({p = party_id, c = plan.id, s = seq, t = plan.claimed_at, o = old})
    end
    for _, seat in ipairs(plan.seats) do
        local name = key('seat', seat.player)
        local old = pending and claim_at(name) or nil
        redis.call('SET', name, text(seat.party, seat.seq, old))
    end
    for _, code in ipairs(plan.codes) do
        redis.call('SET', key('code', code.code), text(code.party, code.seq))
        redis.call('ZREM', expiry, 'code:' .. code.code)
    end
    for _, session in ipairs(plan.session_ids) do
        redis.call('SET', key('sid', session.id), text(session.party, session.seq))
    end
    if plan.record then
        redis.call('SET', key('once', plan.record.name), plan.record.text)
        redis.call('ZADD', expiry, plan.record.expires_at, 'once:' .. plan.record.name)
    end
end

-- Gives back what a commit gave up, where it is still held for that party.
local function give_back(plan)
    for _, seat in ipairs(plan.seats_left) do
        local name = key('seat', seat.player)
        local claim = claim_at(name)
        if claim and claim.p == seat.party and (claim.s or 0) <= seat.seq then redis.call('DEL', name) end
    end
    for _, code in ipairs(plan.codes_left) do
        local name = key('code', code.code)
        local claim = claim_at(name)
        if claim and claim.p == code.party and not claim.g then
            redis.call('SET', name, cjson.encode({p = code.party, g = code.at, z = code.closed}))
            redis.call('ZADD', expiry, code.at + plan.code_ms, 'code:' .. code.code)
        end
    end
    for _, session in ipairs(plan.session_ids_left) do
        local name = key('sid', session.id)
        local claim = claim_at(name)
        if claim and claim.p == session.party then
            if session.expires_at > 0 then
                redis.call('ZADD', expiry, session.expires_at, 'sid:' .. session.id)
            else
                redis.call('DEL', name)
            end
        end
    end
end
