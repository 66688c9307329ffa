"""The upstreams and models of latchkey.example.toml, as TOML values."""

from collections.abc import Mapping
from typing import NamedTuple

CHAT_AND_SIGHT = '["chat", "vision"]'
CLAUDE = {"access": '"claude"', "context": "200000", "max_output": "8192"}
SMALL = {"context": "4096", "max_output": "1024"}
SMALLER = {"context": "2048", "max_output": "512"}
EIGHT = {"context": "8192", "max_output": "2048"}
SIXTEEN = {"context": "16385"}
THIRTY_TWO = {"context": "32768"}
PICTURE = {"kind": '"image"'}
SONG = {"kind": '"song"'}
EMBEDDING = {"kind": '"embedding"', "context": "8192"}

UPSTREAMS: tuple[Mapping[str, str], ...] = (
    {
        "name": '"fresed"',
        "dialect": '"fresed"',
        "base_url": '"http://127.0.0.1:9001/v1"',
        "api_key": '"env:FRESED_API_KEY"',
        "connect_seconds": "# 5",
        "idle_seconds": "# 60",
        "concurrency": "# 32",
        "requests_per_minute": "# 600",
    },
    {
        "name": '"devsdocode"',
        "dialect": '"devsdocode"',
        "base_url": '"http://127.0.0.1:9002"',
        "concurrency": "# 4",
    },
    {
        "name": '"spafe"',
        "dialect": '"spafe"',
        "base_url": '"http://127.0.0.1:9003/api/v1"',
    },
    {
        "name": '"freetheai"',
        "dialect": '"freetheai"',
        "base_url": '"http://127.0.0.1:9004/v1"',
        "api_key": '"env:FREETHEAI_API_KEY"',
    },
    {
        "name": '"airforce"',
        "dialect": '"airforce"',
        "base_url": '"http://127.0.0.1:9005"',
        "api_key": '# "env:AIRFORCE_API_KEY"',
    },
    {
        "name": '"openai"',
        "dialect": '"openai"',
        "base_url": '"http://127.0.0.1:9006/v1"',
        "api_key": '"env:OPENAI_API_KEY"',
    },
)


class Group(NamedTuple):
    """Models that are alike: prices by id, and routes in the order in which they are asked."""

    routes: str  # names of upstreams; name=model where the upstream calls it otherwise
    prices: Mapping[str, str]
    fields: Mapping[str, str] = {}


def same(price: str, ids: str) -> Mapping[str, str]:
    """Give models one price."""
    return dict.fromkeys(ids.split(), price)


SHARED = (
    Group(
        "fresed devsdocode spafe airforce openai",
        {"gpt-4o": "1.0"},
        {"kind": CHAT_AND_SIGHT, "context": "128000", "max_output": "4096"},
    ),
    Group("devsdocode airforce openai", {"gpt-4o-mini": "0.25"}, {"kind": CHAT_AND_SIGHT}),
    Group("fresed devsdocode openai", {"gpt-4": "2.0"}, EIGHT),
    Group("airforce openai", {"gpt-4-turbo": "1.5"}),
    Group("devsdocode openai", {"gpt-4o-mini-2024-07-18": "0.25"}, {"kind": CHAT_AND_SIGHT}),
    Group(
        "devsdocode openai",
        same("0.125", "gpt-3.5-turbo gpt-3.5-turbo-0125 gpt-3.5-turbo-1106"),
        SIXTEEN,
    ),
    Group("devsdocode openai", same("1.5", "gpt-4o-audio-preview gpt-4o-audio-preview-2024-10-01")),
    Group(
        "devsdocode openai",
        {"text-embedding-3-small": "0.02", "text-embedding-3-large": "0.13"},
        EMBEDDING,
    ),
    Group("devsdocode openai", {"text-embedding-ada-002": "0.1"}, EMBEDDING),
    Group(
        "fresed openai",
        {"tts-1": "1.0"},
        {
            "kind": '"speech"',
            "voices": '["alloy", "echo", "fable", "onyx", "nova", "shimmer"]',
        },
    ),
    Group("airforce spafe", {"flux": "1.0"}, PICTURE),
    Group("spafe airforce=llama-3.1-70b-chat", {"llama-3.1-70b": "0.5"}),
    Group("spafe airforce=llama-3.1-8b-chat", {"llama-3.1-8b": "0.125"}),
    Group("airforce fresed=gpt-4o+web", {"global-ask": "1.5"}, {"kind": '"search"'}),
)
FRESED = (
    Group("fresed", {"gpt-4o+web": "1.5"}, {"kind": CHAT_AND_SIGHT}),
    Group("fresed", {"gpt-4+web": "2.5"}, EIGHT),
    Group("fresed", {"midjourney": "4.0"}, PICTURE),
)
DEVSDOCODE = (Group("devsdocode", same("0.125", "gpt-3.5-turbo-0613 gpt-3.5-turbo-0301"), SMALL),)
SPAFE = (
    Group("spafe", {"o1-preview": "4.0"}, {"cap_field": '"max_completion_tokens"'}),
    Group(
        "spafe",
        {"claude-sonnet-3.5": "3.0"},
        {"aliases": '["claude-3.5-sonnet"]', **CLAUDE},
    ),
    Group("spafe", {"gemini-pro": "0.5", "databricks/dbrx-instruct": "0.5"}, THIRTY_TWO),
    Group("spafe", {"gemini-1.5-flash": "0.25"}, {"context": "1000000", "max_output": "8192"}),
    Group("spafe", {"blackbox": "0.25", "mistralai/Mistral-Nemo-Instruct-2407": "0.125"}),
    Group("spafe", {"llama-3.1-405b": "1.0"}),
    Group("spafe", same("0.5", "llama3.1-70b meta-llama/Meta-Llama-3.1-70B-Instruct")),
    Group("spafe", same("0.125", "llama3.1-8b meta-llama/Meta-Llama-3.1-8B-Instruct")),
    Group("spafe", same("0.5", "mattshumer/Reflection-Llama-3.1-70B")),
    Group("spafe", {"meta-llama/Llama-3.2-90B-Vision-Instruct": "0.5"}),
    Group("spafe", same("0.5", "Qwen/Qwen2-72B-Instruct Qwen/Qwen2.5-72B-Instruct"), THIRTY_TWO),
    Group("spafe", {"glm4-9B-chat": "0.125"}),
    Group(
        "spafe",
        same(
            "0.5",
            "microsoft/WizardLM-2-8x22B mistralai/Mixtral-8x22B-Instruct-v0.1"
            " mistralai/Mixtral-8x22B-v0.1",
        ),
        {"context": "65536"},
    ),
    Group(
        "spafe",
        same(
            "0.25",
            "mistralai/Mixtral-8x7B-Instruct-v0.1 cognitivecomputations/dolphin-2.6-mixtral-8x7b",
        ),
        THIRTY_TWO,
    ),
    Group(
        "spafe",
        same(
            "0.125",
            "microsoft/WizardLM-2-7B mistralai/Mistral-7B-Instruct-v0.1"
            " mistralai/Mistral-7B-Instruct-v0.2 mistralai/Mistral-7B-Instruct-v0.3",
        ),
        THIRTY_TWO,
    ),
    Group(
        "spafe",
        same(
            "0.5",
            "cognitivecomputations/dolphin-2.9.1-llama-3-70b Sao10K/L3-70B-Euryale-v2.1"
            " google/gemma-2-27b-it",
        ),
        EIGHT,
    ),
    Group(
        "spafe",
        same(
            "0.125",
            "meta-llama/Meta-Llama-3-8B-Instruct openchat/openchat-3.6-8b google/gemma-2-9b-it"
            " google/gemma-1.1-7b-it google/codegemma-7b-it",
        ),
        EIGHT,
    ),
    Group(
        "spafe",
        same("0.25", "bigcode/starcoder2-15b bigcode/starcoder2-15b-instruct-v0.1"),
        SIXTEEN,
    ),
    Group(
        "spafe",
        same(
            "0.25",
            "codellama/CodeLlama-34b-Instruct-hf codellama/CodeLlama-70b-Instruct-hf"
            " Phind/Phind-CodeLlama-34B-v2",
        ),
        SIXTEEN,
    ),
    Group(
        "spafe",
        same(
            "0.25",
            "01-ai/Yi-34B-Chat meta-llama/Llama-2-70b-chat-hf microsoft/Phi-3-medium-4k-instruct",
        ),
        SMALL,
    ),
    Group("spafe", {"meta-llama/Llama-2-7b-chat-hf": "0.125"}, SMALL),
)
FREETHEAI = (
    Group("freetheai", {"glm/glm-5.1": "1.0"}, {"aliases": '["glm-5.1"]'}),
    Group(
        "freetheai",
        {"rev/claude-sonnet-4.5": "3.0"},
        {"aliases": '["claude-sonnet-4.5"]', "kind": CHAT_AND_SIGHT, **CLAUDE},
    ),
    Group("freetheai", {"img/gpt-image-2": "4.0"}, {"kind": '["image", "edit"]'}),
    Group(
        "freetheai",
        {
            "vhr/flux_dev": "1.0",
            "vhr/gpt_image_2": "4.0",
            "vhr/nano_banana_2": "3.0",
            "vhr/bytedance_seedream_v4": "3.0",
        },
        PICTURE,
    ),
)
AIRFORCE = (
    Group("airforce", {"claude-3-opus": "5.0"}, CLAUDE),
    Group("airforce", same("0.5", "llama-3.1-70b-chat llama-3.1-70b-turbo lfm-40b-moe")),
    Group("airforce", same("0.125", "llama-3.1-8b-chat llama-3.1-8b-turbo")),
    Group("airforce", {"Nous-Hermes-2-Mixtral-8x7B-DPO": "0.25"}, THIRTY_TWO),
    Group(
        "airforce",
        same("0.125", "hermes-2-pro-mistral-7b openhermes-2.5-mistral-7b zephyr-7b-beta"),
        THIRTY_TWO,
    ),
    Group(
        "airforce",
        same("0.125", "deepseek-coder-6.7b-base deepseek-coder-6.7b-instruct"),
        SIXTEEN,
    ),
    Group(
        "airforce",
        same("0.125", "openchat-3.5-0106 neural-chat-7b-v3-1 sqlcoder-7b-2 any-uncensored"),
        EIGHT,
    ),
    Group(
        "airforce",
        same(
            "0.125",
            "deepseek-math-7b-instruct discolm-german-7b-v1 llama-2-7b-chat-int8"
            " llama-2-7b-chat-fp16",
        ),
        SMALL,
    ),
    Group("airforce", same("0.1", "falcon-7b-instruct phi-2 tinyllama-1.1b-chat"), SMALLER),
    Group("airforce", {"gemini-pro-vision": "1.0"}, {"kind": '"vision"'}),
    Group(
        "airforce",
        same(
            "1.0",
            "flux-realism flux-4o flux-pixel flux-3d flux-anime flux-disney any-dark",
        ),
        PICTURE,
    ),
    Group(
        "airforce",
        same("0.5", "stable-diffusion-xl-lightning stable-diffusion-xl-base"),
        PICTURE,
    ),
    Group("airforce", same("5.0", "chirp-v3-5 chirp-v3-0 chirp-v2-xxl-alpha"), SONG),
    Group(
        "airforce",
        {"get-audio": "0.5"},
        {"kind": '"speech"', "voices": '["alex", "sophia"]'},
    ),
)
SECTIONS: Mapping[str, tuple[Group, ...]] = {
    "Models of several upstreams": SHARED,
    "Models of fresed alone": FRESED,
    "Models of devsdocode alone": DEVSDOCODE,
    "Models of spafe alone": SPAFE,
    "Models of freetheai alone": FREETHEAI,
    "Models of airforce alone": AIRFORCE,
}
