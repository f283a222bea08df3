package rows

import "strings"

// amendedMark follows the name of the journal in the database after an Amend, until
// a server of that journal takes the lease. Names of journals have no such sign. With
// it the journal is another one for a server that had the database before, whose Save
// finds that it has moved.
const amendedMark = "+import"

// Amended is the name of a journal after an Amend.
func Amended(journal string) string { return strings.TrimSuffix(journal, amendedMark) + amendedMark }

// IsAmended tells whether a database that names a journal so belongs to that journal,
// and was amended since.
func IsAmended(found, journal string) bool { return found == journal+amendedMark }
