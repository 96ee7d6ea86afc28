-- One role and one schema per service; nobody reads a neighbour's tables. Passwords come as settings
-- `rancak.<role>_password`, so that no file holds them. Used by the embedded server and by compose.
DO $$
DECLARE
    service text;
BEGIN
    FOREACH service IN ARRAY ARRAY['intake', 'scoring', 'notify'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', service);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I PASSWORD %L', service, current_setting('rancak.' || service || '_password')
        );
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, service);
        EXECUTE format('ALTER ROLE %I SET search_path = %I', service, service);
    END LOOP;
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
