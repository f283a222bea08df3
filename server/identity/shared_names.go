package identity

// sharedNames are login names that people get without choosing one: those of fresh systems, of
// images and containers, and of examples. Everybody shares them, unless the operator gives one
// away.
var sharedNames = []string{
	"root", "toor", "admin", "administrator", "guest", "user", "username", "default", "nobody", "anonymous",
	"alpine", "alarm", "archlinux", "azureuser", "bitnami", "centos", "cloud-user", "debian", "ec2-user", "fedora",
	"freebsd", "gentoo", "kali", "linuxbrew", "manjaro", "netbsd", "nixos", "openbsd", "opc", "opensuse", "oracle", "osmc",
	"pi", "raspberry", "rocky", "sles", "suse", "ubnt", "ubuntu", "vagrant",
	"ansible", "codespace", "container", "daemon", "deploy", "docker", "git", "gitpod", "jenkins", "jovyan", "runner",
	"system", "vscode", "www-data",
	"name", "you", "your-name", "yourname",
}
