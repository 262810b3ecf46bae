-- Applies changes that concern one line.
--
-- KEYS: calls, records, arrivals, last unknown, attempts, moments, windows, blocks.
-- ARGV: milliseconds of retention, stamp of the oldest record and attempt kept, stamp of
-- the oldest end of a window kept, how many records and attempts are kept, until when
-- somebody waits for the answer (milliseconds of this server's clock; 0 for always), and
-- then orders: each a name and what is written beside it below. Nothing in them is
-- interpreted.
-- A stamp is a time as 21 digits that sort as times do.

local calls, records, arrivals, unknown = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local attempts, moments, windows, blocks = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local retention, oldest, over, most = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local STAMP = 21

-- What was given up must not be written later, over what was written since: a server
-- that was frozen goes on with what it had been sent.
local waited = tonumber(ARGV[5])
local time = redis.call('TIME')
if waited > 0 and time[1] * 1000 + time[2] / 1000 > waited then
    return redis.error_reply('LATE nobody waits for this any more')
end

-- extend makes a key live for at least so many milliseconds.
local function extend(key, ms)
    if redis.call('PTTL', key) < tonumber(ms) then
        redis.call('PEXPIRE', key, ms)
    end
end

-- index puts an id among the times of its kind, in place of the time it had.
local function index(times, id, was, now)
    if was and was ~= now then
        redis.call('ZREM', times, was .. id)
    end
    redis.call('ZADD', times, 0, now .. id)
end

local orders = {}

function orders.save(id, text) -- both replace
    redis.call('HSET', calls, id, text)
end

function orders.drop(id, _)
    redis.call('HDEL', calls, id)
end

function orders.record(id, arrived, text)
    local kept = redis.call('HGET', records, id)
    index(arrivals, id, kept and string.sub(kept, 1, STAMP), arrived)
    redis.call('HSET', records, id, arrived .. text)
    extend(records, retention)
    extend(arrivals, retention)
end

function orders.unknown(order, ms, text) -- order is stamp of the end, and id
    local kept = redis.call('HGET', unknown, 'order')
    if not kept or kept <= order then
        redis.call('HSET', unknown, 'order', order, 'record', text)
        redis.call('PEXPIRE', unknown, ms)
    end
end

function orders.attempt(id, ended, at, text) -- ended is 1 with an outcome, otherwise 0
    local kept = redis.call('HGET', attempts, id)
    if kept and string.sub(kept, 1, 1) == '1' and ended == '0' then
        return
    end
    index(moments, id, kept and string.sub(kept, 2, STAMP + 1), at)
    redis.call('HSET', attempts, id, ended .. at .. text)
    extend(attempts, retention)
    extend(moments, retention)
end

function orders.window(field, till, ms, text)
    local kept = redis.call('HGET', windows, field)
    if not kept or string.sub(kept, 1, STAMP) < till then
        redis.call('HSET', windows, field, till .. text)
        extend(windows, ms)
    end
end

function orders.block(number, text)
    redis.call('HSET', blocks, number, text)
end

local length = { save = 2, drop = 1, record = 3, unknown = 3, attempt = 4, window = 4, block = 2 }

local i = 6
while i <= #ARGV do
    local name = ARGV[i]
    orders[name](ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4])
    i = i + 1 + length[name]
end

-- forget removes what is too much, and what is too old, a thousand at a time so that
-- nobody waits for it for long: the next script goes on with it.
local function forget(times, values)
    local gone = redis.call('ZRANGEBYLEX', times, '-', '(' .. oldest, 'LIMIT', 0, 1000)
    local excess = redis.call('ZCARD', times) - #gone - most
    if excess > 0 then
        gone = redis.call('ZRANGE', times, 0, #gone + excess - 1)
    end
    for _, member in ipairs(gone) do
        redis.call('ZREM', times, member)
        redis.call('HDEL', values, string.sub(member, STAMP + 1))
    end
end

forget(arrivals, records)
forget(moments, attempts)

local kept = redis.call('HGETALL', windows)
for n = 1, #kept, 2 do
    if string.sub(kept[n + 1], 1, STAMP) < over then
        redis.call('HDEL', windows, kept[n])
    end
end

return redis.status_reply('OK')
