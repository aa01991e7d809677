/** A dump of a server with two databases, as pg_dumpall 15 writes it but for its length. */
const role = (name: string, more = 'NOSUPERUSER') =>
  `CREATE ROLE ${name};\nALTER ROLE ${name} WITH ${more} LOGIN PASSWORD 'SCRAM-SHA-256$4096:of-${name.replaceAll('"', '')}';\n`;

const database = (text: string) => `--
-- PostgreSQL database dump
--

\\restrict token

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
${text}
--
-- PostgreSQL database dump complete
--

\\unrestrict token
`;

/** `rows`: of the table, as COPY has them. */
export const aDump = (rows = '1\tä\n'): string => `--
-- PostgreSQL database cluster dump
--

SET default_transaction_read_only = off;

--
-- Roles
--

${role('"Odd one"')}${role('paws')}${role('postgres', 'SUPERUSER')}${role('replicator', 'NOSUPERUSER REPLICATION')}
CREATE TABLESPACE fast OWNER postgres LOCATION '/fast';

GRANT paws TO "Odd one" GRANTED BY postgres;

--
-- Databases
--

--
-- Database "template1" dump
--

\\connect template1

${database('')}
--
-- Database "paws" dump
--

${database(`
CREATE DATABASE paws WITH TEMPLATE = template0 ENCODING = 'UTF8';
ALTER DATABASE paws OWNER TO paws;
ALTER DATABASE paws CONNECTION LIMIT = 7;

\\connect paws

CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $x$select '
COPY x FROM stdin;
'::text$x$;

--
-- Data for Name: wares; Type: TABLE DATA; Schema: public; Owner: paws
--

COPY public.wares (id, name) FROM stdin;
${rows}\\.
`)}
--
-- Database "postgres" dump
--

\\connect postgres

${database('CREATE SCHEMA mine;')}
--
-- PostgreSQL database cluster dump complete
--

`;
