/// What stands in answers, logs and reports every day and holds no secret.
enum HarmlessTexts {
    static let all: [String] = code + addresses + traces + documents + sentences + keysThatAreNone

    private static let code = [
        "let password = try readPassword(from: terminal)", "password = os.environ[\"DB_PASSWORD\"]",
        "password=args.password,", "if token == nil { return .failure(.missingToken) }",
        "self.secret = secret", "const apiKey = process.env.API_KEY;", "token := r.Header.Get(\"Authorization\")",
        "def login(username: str, password: str) -> Token:", "private String password;",
        "SELECT password FROM users WHERE id = $1", "curl -H \"X-API-Key: $API_KEY\" https://api.example.com",
        "export AWS_SECRET_ACCESS_KEY=$(cat /run/secrets/aws)", "PASSWORD=${PASSWORD:?must be set}",
        "val token: String? = null", "password: *default_password", "#define SECRET_LENGTH 32",
        "for (int i = 0; i < n; ++i) sum += a[i] % 16;", "printf(\"%s: %d%%\\n\", name, percent);",
        "regex: ^[A-Za-z0-9+/=]{40}$", "x = a && b || !c; y &= 0xFF;",
        "\\begin{document}\\textbf{hello}\\end{document}",
        "return base64.b64encode(user + b\":\" + password)", "token=\"\"", "api_key: null",
        "secret: { secretName: app-secrets, items: [] }",
    ]

    private static let addresses = [
        "https://example.com/a/b?c=d&e=f#g", "http://127.0.0.1:5000/api/2.0/mlflow/experiments/search",
        "s3://hokusai-mlflow-artifacts-development/1/abc/artifacts", "postgres://mlflow@db.internal:5432/mlflow_db",
        "arn:aws:secretsmanager:us-east-1:000000000000:secret:hokusai/app-secrets/development-AbCdEf",
        "arn:aws:iam::000000000000:role/ecsTaskExecutionRole", "someone@example.com", "mailto:a.b+c@example.co.uk",
        "git@github.com:org/repo.git", "ssh://git@example.com:22/repo.git", "http://x:'y@z", "https://[::1]:8443/",
        "ftp://example.com", "redis://cache.internal:6379/0", "https://user@example.com/path",
        "000000000000.dkr.ecr.us-east-1.amazonaws.com/hokusai-api:sha-0123456789abcdef",
        "http://example.com/%7Euser/%E2%9C%93", "https://example.com/login?next=%2Fhome%3Fa%3D1",
        "/ecs/hokusai-api-development", "C:\\new\\tools\\bin", "\\\\server\\share", "file:///var/log/syslog",
        "tcp://0.0.0.0:2375", "https://example.com:443@/", "user:pass",
    ]

    private static let traces = [
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 12, in <module>\n    run()\nKeyError: 'password'",
        "java.lang.NullPointerException: token\n\tat com.example.Auth.check(Auth.java:42)",
        "panic: runtime error: index out of range [3] with length 3", "Fatal error: Index out of range",
        "psycopg2.OperationalError: FATAL:  password authentication failed for user \"mlflow\"",
        "sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection refused",
        "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
        "AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/task/0123456789 is not authorized",
        "ERROR 1045 (28000): Access denied for user 'root'@'localhost' (using password: YES)",
        "NOAUTH Authentication required.", "WRONGPASS invalid username-password pair or user is disabled.",
        "ExpiredToken: The security token included in the request is expired",
        "InvalidSignatureException: Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z",
        "requests.exceptions.SSLError: HTTPSConnectionPool(host='example.com', port=443): Max retries exceeded",
        "#0  0x00007f3a2c1b2e37 in raise () from /lib/x86_64-linux-gnu/libc.so.6",
        "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
    ]

    private static let documents = [
        "services:\n  api:\n    image: hokusai-api\n    environment:\n      DB_PASSWORD_FILE: /run/secrets/db\n",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\ntype: Opaque\n",
        "{\"status\":\"healthy\",\"mlflow\":{\"circuit_breaker_state\":\"CLOSED\"},\"version\":\"1.0.0\"}",
        "{\"error\":{\"code\":401,\"message\":\"API key required\"}}",
        "{\"type\":\"object\",\"properties\":{\"password\":{\"type\":\"string\",\"minLength\":8}}}",
        "{\"id\":\"c0ffee00-aaaa-bbbb-cccc-000000000000\",\"etag\":\"\\\"d41d8cd98f00b204e9800998ecf8427e\\\"\"}",
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2FuYXJ5\n-----END CERTIFICATE-----\n",
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n",
        "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} 12\n",
        "<html><head><title>502 Bad Gateway</title></head><body>&nbsp;&copy; nginx</body></html>",
        "<testcase name=\"test_password_required\" classname=\"auth\" time=\"0.1\"/>",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "ETag: W/\"0123456789abcdef\"", "Set-Cookie: session=; Max-Age=0", "WWW-Authenticate: Bearer realm=\"api\"",
        "Content-Security-Policy: default-src 'self'; script-src 'nonce-abc'", "Date: Thu, 01 Jan 2026 00:00:00 GMT",
        "| check | status |\n| --- | --- |\n| AU-01 | passed |", "[a](https://example.com) **b** `c`",
        "resource \"aws_db_instance\" \"db\" {\n  password = var.db_password\n}",
        "variable \"token\" {\n  type = string\n  sensitive = true\n}", "key,value\napi_key,\n",
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=", "QmFzZTY0IHRleHQgd2l0aG91dCBhIHNlY3JldA==",
        "{\"nested\":\"{\\\"a\\\":\\\"b\\\\n\\\"}\"}",
    ]

    private static let sentences = [
        "The password must contain at least 8 characters.", "password: must not be empty",
        "Reset your password: https://example.com/reset", "Wrong token: expected status 401, got 403",
        "secret: not found", "The token expired 3 hours ago; request a new one.", "no key ‘api’ is configured",
        "Authorization: Bearer is missing", "Use the header Authorization: Bearer YOUR_API_KEY.",
        "Basic authentication is disabled", "100% of the requests & all of the answers", "50 %25 of nothing",
        "Error: token=expired", "password=hidden", "secret=<redacted>", "credentials: none",
        "key=value; key2=value2", "expected ‘password’, got ‘’", "The API key has 32 characters: letters and digits.",
        "a=b=c==d", "…", "...", "‹secret:api-key›", "password=‹secret:database-password›", "Bearer ‹secret:api-key›",
        "the secret: a good test", "token: required",
    ]

    private static let keysThatAreNone = [
        "commit 0123456789abcdef0123456789abcdef01234567", "request id 6f1c2d3e-0000-4000-8000-00000000abcd",
        "us-east-1", "i-0123456789abcdef0", "subnet-0a1b2c3d", "sg-0123456789abcdef0", "AKIA", "hk_live_", "eyJ",
        "task_definition hokusai-api:42", "2026-01-01T00:00:00.000Z", "1.2.3-beta.4+build.5", "p95 < 2s",
        "e30=", "AAAAAAAAAAAAAAAA", "==========", "----------", "x-request-id: 0000000000000000",
    ]
}
