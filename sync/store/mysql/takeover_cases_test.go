package mysql

// row is a player in the table users.
type row struct {
	name  string
	count uint64
}

// oldDatabase is a database as left by the Node.js version, or by somebody's repair of it.
type oldDatabase struct {
	setup []string
	rows  map[uint64]row // by ID, after the takeover
	total uint64
	// nameless is how many rows without a name must stay.
	nameless int
	// incomplete reports whether Load can't read it before the takeover.
	incomplete bool
}

// usual is what the Node.js version itself created.
const (
	usualUsers = "CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY," +
		" username VARCHAR(100) UNIQUE, user_count INT DEFAULT 0) "
	usualGlobal = "CREATE TABLE global_count (id INT PRIMARY KEY, count INT) "
	someUsers   = "INSERT INTO users VALUES (3, 'Alice', 5), (4, 'bob smith', 7)"
)

var (
	someRows = map[uint64]row{3: {"Alice", 5}, 4: {"bob smith", 7}}
	bigRows  = map[uint64]row{3: {"Alice", 2_147_483_647}, 4: {"bob", 2_147_483_646}}
)

var oldDatabases = map[string]oldDatabase{
	"utf8mb4 general": {
		setup: []string{
			usualUsers + "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", usualGlobal,
			"INSERT INTO users VALUES (1, 'Alice', 5), (7, 'the duck 🦆', 2000000000), (8, 'trailing  ', 1), (9, 'Ünï', 0)",
			"INSERT INTO global_count VALUES (1, 2000000100)",
		},
		rows:  map[uint64]row{1: {"Alice", 5}, 7: {"the duck 🦆", 2_000_000_000}, 8: {"trailing  ", 1}, 9: {"Ünï", 0}},
		total: 2_000_000_100,
	},
	"utf8mb4 unicode, NULL and negative counts": {
		setup: []string{
			usualUsers + "CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci", usualGlobal,
			"INSERT INTO users VALUES (1, '🦆🦆', NULL), (2, 'minus', -3), (5, 'Zoë', 40)",
			"INSERT INTO global_count VALUES (1, NULL)",
		},
		rows:  map[uint64]row{1: {"🦆🦆", 0}, 2: {"minus", 0}, 5: {"Zoë", 40}},
		total: 40,
	},
	"utf8mb4 nopad": {
		setup: []string{
			usualUsers + "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_nopad_ci", usualGlobal,
			"INSERT INTO users VALUES (1, 'a', 1), (2, 'a ', 2)",
			"INSERT INTO global_count VALUES (1, 2)",
		},
		rows:  map[uint64]row{1: {"a", 1}, 2: {"a ", 2}},
		total: 3,
	},
	"latin1": {
		setup: []string{
			usualUsers + "CHARACTER SET latin1", usualGlobal + "CHARACTER SET latin1",
			"INSERT INTO users VALUES (2, 'José Müller', 11), (3, 'Bob', 12)",
			"INSERT INTO global_count VALUES (1, 50)",
		},
		rows:  map[uint64]row{2: {"José Müller", 11}, 3: {"Bob", 12}},
		total: 50,
	},
	"old utf8": {
		setup: []string{
			usualUsers + "CHARACTER SET utf8mb3", usualGlobal,
			"INSERT INTO users VALUES (2, '名前', 11)", "INSERT INTO global_count VALUES (1, -4)",
		},
		rows:  map[uint64]row{2: {"名前", 11}},
		total: 11,
	},
	"no row in global_count": {
		setup: []string{usualUsers, usualGlobal, someUsers},
		rows:  someRows, total: 12,
	},
	"sum beyond INT": {
		setup: []string{
			usualUsers, usualGlobal, "INSERT INTO users VALUES (3, 'Alice', 2147483647), (4, 'bob', 2147483646)",
			"INSERT INTO global_count VALUES (1, 2147483647)",
		},
		rows: bigRows, total: 4_294_967_293,
	},
	"sum beyond INT, no keys": {
		setup: []string{
			usualUsers, "CREATE TABLE global_count (id INT, count INT)",
			"INSERT INTO users VALUES (3, 'Alice', 2147483647), (4, 'bob', 2147483646)",
			"INSERT INTO global_count VALUES (NULL, 2147483647)",
		},
		rows: bigRows, total: 4_294_967_293,
	},
	"no keys, rows repeated": {
		setup: []string{
			"CREATE TABLE users (id INT, username VARCHAR(100), user_count INT)", someUsers,
			"CREATE TABLE global_count (id INT, count INT)",
			"INSERT INTO global_count VALUES (1, 20), (1, 90), (1, 90), (NULL, 5000), (1, NULL), (1, 90), (1, -1)",
		},
		rows: someRows, total: 90,
	},
	"no keys, MyISAM, no id": {
		setup: []string{
			"CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, username VARCHAR(100), user_count INT) ENGINE=MyISAM",
			someUsers, "CREATE TABLE global_count (id INT, count INT) ENGINE=MyISAM",
			"INSERT INTO global_count VALUES (NULL, 30), (NULL, 31)",
		},
		rows: someRows, total: 31,
	},
	"no unique name": {
		setup: []string{
			"CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, username VARCHAR(255), user_count INT," +
				" KEY username (username), UNIQUE (username(191)))",
			usualGlobal, "INSERT INTO users VALUES (3, 'Alice', 5), (4, 'alic', 7), (5, 'Bob', 8)",
		},
		rows: map[uint64]row{3: {"Alice", 5}, 4: {"alic", 7}, 5: {"Bob", 8}}, total: 20,
	},
	"rows without a name": {
		setup: []string{
			usualUsers, usualGlobal, someUsers, "INSERT INTO users (username, user_count) VALUES (NULL, 100), (NULL, 200)",
			"INSERT INTO global_count VALUES (1, 13)",
		},
		rows: someRows, total: 13, nameless: 2,
	},
	"id of zero, name as the primary key, other types": {
		setup: []string{
			"SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'",
			"CREATE TABLE users (id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE, username VARCHAR(255) PRIMARY KEY," +
				" user_count BIGINT, seen DATETIME)",
			"CREATE TABLE global_count (id INT AUTO_INCREMENT PRIMARY KEY, count BIGINT)",
			"INSERT INTO users (id, username, user_count) VALUES (0, 'zero', 1), (1, 'one', 9000000000)",
			"INSERT INTO global_count VALUES (1, NULL), (2, 9000000009)",
		},
		rows: map[uint64]row{0: {"zero", 1}, 1: {"one", 9_000_000_000}}, total: 9_000_000_009,
	},
	"only users": {
		setup: []string{usualUsers, someUsers},
		rows:  someRows, total: 12, incomplete: true,
	},
	"only global_count": {
		setup: []string{usualGlobal, "INSERT INTO global_count VALUES (1, 77)"},
		rows:  map[uint64]row{}, total: 77, incomplete: true,
	},
}
