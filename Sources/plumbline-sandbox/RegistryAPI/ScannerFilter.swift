/// Paths that only vulnerability scanners ask for; profile B drops them before anything else (contract §2.9).
enum ScannerFilter {
    private static let prefixes = [
        "/.env", "/.git", "/.aws", "/.ssh", "/.svn", "/.htaccess", "/.ds_store", "/wp-", "/wordpress", "/cgi-bin/",
        "/actuator", "/phpmyadmin", "/phpinfo", "/server-status", "/server-info", "/ui/login", "/vendor/phpunit",
        "/xmlrpc.php", "/solr/", "/boaform/", "/hnap1",
    ]

    static func catches(_ path: String) -> Bool {
        let path = path.lowercased()
        return path.hasSuffix(".php") || prefixes.contains { path.hasPrefix($0) }
    }
}
