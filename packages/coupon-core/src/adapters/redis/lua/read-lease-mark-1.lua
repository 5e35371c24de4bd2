-- read-lease-mark-1: whatever was leased under this mark still holds.
--
-- KEYS[1]  mark of the leases
-- returns  the mark, or '' where there is none of this run of the server
-- @include gate

return read_lease_mark(KEYS[1], server_run_id()) or ''
