import Foundation

/// The variables that every child gets: what programs need to find themselves, their files, certificates and proxies.
///
/// Nothing else of ours is handed on, least of all a credential: a suite gets what the configuration names for it.
public enum CleanEnvironment {
    private static let names: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP", "TERM",
        "COLUMNS", "LINES", "CI", "NO_COLOR", "LD_LIBRARY_PATH",
        // Certificates and proxies, without which nothing can be fetched in many networks.
        "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
        "GIT_SSL_CAINFO",
        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
        // Where packages come from and how interpreters run.
        "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED", "PIP_CERT", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE", "PIP_CACHE_DIR",
        "PIP_NO_CACHE_DIR", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_ROOT_USER_ACTION", "PIP_BREAK_SYSTEM_PACKAGES",
        "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_CACHE_DIR", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "NODE_PATH",
        "JAVA_HOME",
        "GOPATH", "GOROOT", "GOPROXY",
    ]

    /// - Parameter environment: that of this process.
    public static func variables(
        of environment: [String: String] = LaunchEnvironment.variables
    ) -> [String: String] {
        environment.filter { names.contains($0.key) || $0.key.hasPrefix("LC_") || $0.key.hasPrefix("XDG_") }
    }
}
