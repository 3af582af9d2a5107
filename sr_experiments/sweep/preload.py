"""What the fork server of jobs knows beforehand, besides its imports: Hydra's plugins, and what our modules import."""

from hydra.core.plugins import Plugins

from sr_experiments.config import find_plugins
from sr_experiments.environment import code_key

find_plugins()
Plugins.instance()
code_key({})
